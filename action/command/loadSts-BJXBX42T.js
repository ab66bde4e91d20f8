import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-KO2D6X6F.js";import"./chunk-TBVMT6XL.js";import"./chunk-GJOQUFJR.js";import"./chunk-6QZWMTPO.js";import"./chunk-JGPZPMH6.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
