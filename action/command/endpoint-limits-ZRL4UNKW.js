import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{endpointLimits,tlsLimits}from"./chunk-IRNJNT3I.js";import"./chunk-JDEAPGUP.js";import"./chunk-P3L3OJW5.js";export{endpointLimits,tlsLimits};
