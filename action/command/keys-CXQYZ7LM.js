import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{listPublicKeys}from"./chunk-ZRG5FVZU.js";import"./chunk-DLSQOUIB.js";import"./chunk-RVO7D736.js";import"./chunk-TQT26K7G.js";import"./chunk-QVSX54PL.js";import"./chunk-IRNJNT3I.js";import"./chunk-JDEAPGUP.js";import"./chunk-P3L3OJW5.js";export{listPublicKeys};
