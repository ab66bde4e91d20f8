import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{openS3}from"./chunk-FC2ZAH3C.js";import"./chunk-KEQRH5OZ.js";import"./chunk-UUBSHXJV.js";import"./chunk-P3L3OJW5.js";export{openS3};
