import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{configuredBundle,ofProfile}from"./chunk-TK5MXVEI.js";import"./chunk-JVUXE3UE.js";import"./chunk-IVUQGHAX.js";import"./chunk-B2C7LK45.js";import"./chunk-P3L3OJW5.js";export{configuredBundle,ofProfile};
