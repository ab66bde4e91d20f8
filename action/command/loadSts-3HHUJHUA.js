import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-6V4MXRI6.js";import"./chunk-TBVMT6XL.js";import"./chunk-M6OELTHY.js";import"./chunk-5DS56CDW.js";import"./chunk-HCHUSPNR.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
