import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-GJL36KAO.js";import"./chunk-TBVMT6XL.js";import"./chunk-W7HU5FV4.js";import"./chunk-EXGOZLKF.js";import"./chunk-Y6MB7R5V.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
