import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-PIF5NPUX.js";import"./chunk-TBVMT6XL.js";import"./chunk-FC2ZAH3C.js";import"./chunk-KEQRH5OZ.js";import"./chunk-UUBSHXJV.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
