import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{configuredBundle,ofProfile}from"./chunk-V4HVM6DX.js";import"./chunk-55FY2HZR.js";import"./chunk-AARGX7QM.js";import"./chunk-72YEGCCX.js";import"./chunk-P3L3OJW5.js";export{configuredBundle,ofProfile};
