import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{main,runCommandLine}from"./chunk-PBJGGG3S.js";import"./chunk-P3L3OJW5.js";export{main,runCommandLine};
