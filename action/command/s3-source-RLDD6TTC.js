import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{openS3}from"./chunk-7MVGPXPQ.js";import"./chunk-ST4HAQP7.js";import"./chunk-M5C3NEHJ.js";import"./chunk-P3L3OJW5.js";export{openS3};
