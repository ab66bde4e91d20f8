import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{verifyCommand}from"./chunk-AARGX7QM.js";import"./chunk-72YEGCCX.js";import"./chunk-P3L3OJW5.js";export{verifyCommand};
