import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{configuredBundle,ofProfile}from"./chunk-VX7X7XGW.js";import"./chunk-UH3OECVM.js";import"./chunk-LQHJLMHW.js";import"./chunk-XHWTXREJ.js";import"./chunk-P3L3OJW5.js";export{configuredBundle,ofProfile};
