import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-PJOVTHKC.js";import"./chunk-TBVMT6XL.js";import"./chunk-QHI4QOQC.js";import"./chunk-NYKK6OGV.js";import"./chunk-ICFXR6YO.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
