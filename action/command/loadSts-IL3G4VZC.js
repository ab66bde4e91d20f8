import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-JMMTIQEQ.js";import"./chunk-TBVMT6XL.js";import"./chunk-BIRGA6UD.js";import"./chunk-XWVLG2UG.js";import"./chunk-DHDU2LMO.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
