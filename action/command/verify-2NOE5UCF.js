import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{verifyCommand}from"./chunk-HYPXLYPL.js";import"./chunk-FU4SCZN5.js";import"./chunk-P3L3OJW5.js";export{verifyCommand};
