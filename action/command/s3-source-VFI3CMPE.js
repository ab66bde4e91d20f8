import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{openS3}from"./chunk-JI5ESDDZ.js";import"./chunk-CMBH5ZGP.js";import"./chunk-L7VDA54Q.js";import"./chunk-P3L3OJW5.js";export{openS3};
