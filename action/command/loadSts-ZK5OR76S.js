import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-3W7PEXII.js";import"./chunk-TBVMT6XL.js";import"./chunk-ZITQ2EGN.js";import"./chunk-3MG5CNZD.js";import"./chunk-X2GWDN5U.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
