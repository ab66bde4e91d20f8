import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{verifyCommand}from"./chunk-WRP3IWAF.js";import"./chunk-DBHEFDCW.js";import"./chunk-P3L3OJW5.js";export{verifyCommand};
