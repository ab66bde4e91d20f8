import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{configuredBundle,ofProfile}from"./chunk-OKKFX6YW.js";import"./chunk-FC2ZAH3C.js";import"./chunk-KEQRH5OZ.js";import"./chunk-UUBSHXJV.js";import"./chunk-P3L3OJW5.js";export{configuredBundle,ofProfile};
