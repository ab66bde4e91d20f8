import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{openS3}from"./chunk-QTA3YO2D.js";import"./chunk-Q4QDZVK2.js";import"./chunk-KMI7AFC5.js";import"./chunk-P3L3OJW5.js";export{openS3};
