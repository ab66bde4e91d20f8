import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-P4HBFS67.js";import"./chunk-TBVMT6XL.js";import"./chunk-UH3OECVM.js";import"./chunk-LQHJLMHW.js";import"./chunk-XHWTXREJ.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
