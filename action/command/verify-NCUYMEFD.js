import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{verifyCommand}from"./chunk-BGB5VV24.js";import"./chunk-GV3WGXRB.js";import"./chunk-P3L3OJW5.js";export{verifyCommand};
