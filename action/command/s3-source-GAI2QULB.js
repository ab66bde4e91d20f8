import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{openS3}from"./chunk-DDUMYNKP.js";import"./chunk-TDGCWCWC.js";import"./chunk-44CMAJ2X.js";import"./chunk-P3L3OJW5.js";export{openS3};
