import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{openS3}from"./chunk-G3DHYMNE.js";import"./chunk-2P5NMLSM.js";import"./chunk-ODU6ZJ5M.js";import"./chunk-P3L3OJW5.js";export{openS3};
