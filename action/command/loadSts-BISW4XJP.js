import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-6J7RRBEP.js";import"./chunk-TBVMT6XL.js";import"./chunk-JI5ESDDZ.js";import"./chunk-CMBH5ZGP.js";import"./chunk-L7VDA54Q.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
