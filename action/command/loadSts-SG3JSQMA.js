import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-TOOKE7JU.js";import"./chunk-TBVMT6XL.js";import"./chunk-NR35XTW6.js";import"./chunk-7XBOO2K2.js";import"./chunk-BY3EXSSP.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
