import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{endpointLimits,tlsLimits}from"./chunk-ZTBCP355.js";import"./chunk-EAJBYA7O.js";import"./chunk-P3L3OJW5.js";export{endpointLimits,tlsLimits};
