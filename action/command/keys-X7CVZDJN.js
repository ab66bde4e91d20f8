import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-GZOOSXTB.js";import"./chunk-SOV6G7OX.js";import"./chunk-FLAO3L3N.js";import"./chunk-OFBTB2L7.js";import"./chunk-QTA3YO2D.js";import"./chunk-Q4QDZVK2.js";import"./chunk-KMI7AFC5.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
