import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-4VSWFESZ.js";import"./chunk-TBVMT6XL.js";import"./chunk-QVSX54PL.js";import"./chunk-IRNJNT3I.js";import"./chunk-JDEAPGUP.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
