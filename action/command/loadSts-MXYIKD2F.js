import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-WNEIIRLY.js";import"./chunk-TBVMT6XL.js";import"./chunk-G3DHYMNE.js";import"./chunk-2P5NMLSM.js";import"./chunk-ODU6ZJ5M.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
