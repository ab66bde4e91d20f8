import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-YO232VVK.js";import"./chunk-TBVMT6XL.js";import"./chunk-EDPUYMK2.js";import"./chunk-GR7KIK23.js";import"./chunk-ON3BVF57.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
