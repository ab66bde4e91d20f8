import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{AssumeRoleCommand,STSClient}from"./chunk-SGDGALKV.js";import"./chunk-TBVMT6XL.js";import"./chunk-JVUXE3UE.js";import"./chunk-IVUQGHAX.js";import"./chunk-B2C7LK45.js";import"./chunk-P3L3OJW5.js";export{AssumeRoleCommand,STSClient};
