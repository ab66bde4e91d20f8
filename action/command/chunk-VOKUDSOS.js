import{createRequire as makeRequire}from'node:module';const require=makeRequire(import.meta.url);
import{PutObject$,_ep0,_mw11,command}from"./chunk-JJVO23I6.js";var PutObjectCommand=class extends command(_ep0,_mw11,"PutObject",PutObject$){};export{PutObjectCommand};
