import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-M63A5UNU.js";import"./chunk-TBVMT6XL.js";import"./chunk-ZBHGKG6Y.js";import"./chunk-CS5IXRHE.js";import"./chunk-Z2BWPJVN.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
