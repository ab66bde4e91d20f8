import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{endpointLimits,tlsLimits}from"./chunk-2P5NMLSM.js";import"./chunk-ODU6ZJ5M.js";import"./chunk-P3L3OJW5.js";export{endpointLimits,tlsLimits};
