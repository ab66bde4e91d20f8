import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{configuredBundle,ofProfile}from"./chunk-WF7QL7BG.js";import"./chunk-G3DHYMNE.js";import"./chunk-2P5NMLSM.js";import"./chunk-ODU6ZJ5M.js";import"./chunk-P3L3OJW5.js";export{configuredBundle,ofProfile};
