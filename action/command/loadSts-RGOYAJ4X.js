import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-4C52FHQX.js";import"./chunk-TBVMT6XL.js";import"./chunk-7MVGPXPQ.js";import"./chunk-ST4HAQP7.js";import"./chunk-M5C3NEHJ.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
