import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{main,runCommandLine}from"./chunk-KMI7AFC5.js";import"./chunk-P3L3OJW5.js";export{main,runCommandLine};
