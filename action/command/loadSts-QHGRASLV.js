import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-77BD5KYO.js";import"./chunk-TBVMT6XL.js";import"./chunk-3AXSEYNG.js";import"./chunk-WXIBSNRS.js";import"./chunk-23GOW2QB.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
