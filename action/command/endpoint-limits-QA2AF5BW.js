import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{endpointLimits,tlsLimits}from"./chunk-GR7KIK23.js";import"./chunk-ON3BVF57.js";import"./chunk-P3L3OJW5.js";export{endpointLimits,tlsLimits};
