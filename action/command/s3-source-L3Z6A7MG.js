import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{openS3}from"./chunk-UIZ2DCFX.js";import"./chunk-3MALPB36.js";import"./chunk-UV3WPPDR.js";import"./chunk-P3L3OJW5.js";export{openS3};
