import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{openS3}from"./chunk-QHI4QOQC.js";import"./chunk-NYKK6OGV.js";import"./chunk-ICFXR6YO.js";import"./chunk-P3L3OJW5.js";export{openS3};
