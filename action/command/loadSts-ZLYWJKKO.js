import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-U7FZH44B.js";import"./chunk-TBVMT6XL.js";import"./chunk-EUZAPHYY.js";import"./chunk-BGB5VV24.js";import"./chunk-GV3WGXRB.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
