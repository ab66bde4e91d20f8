import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-SB52XKSB.js";import"./chunk-TBVMT6XL.js";import"./chunk-DDUMYNKP.js";import"./chunk-TDGCWCWC.js";import"./chunk-44CMAJ2X.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
