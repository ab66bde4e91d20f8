import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-SDLUDXXC.js";import"./chunk-TBVMT6XL.js";import"./chunk-UIZ2DCFX.js";import"./chunk-3MALPB36.js";import"./chunk-UV3WPPDR.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
