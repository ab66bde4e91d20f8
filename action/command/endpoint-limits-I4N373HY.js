import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{endpointLimits,tlsLimits}from"./chunk-S3PERPVI.js";import"./chunk-VPDM3GKZ.js";import"./chunk-P3L3OJW5.js";export{endpointLimits,tlsLimits};
