/** The parts of an OpenAPI 3.0 document, and of API Gateway's extensions to it, that ours is made of. */

/** A model: JSON schema draft 4, of which API Gateway checks what is listed here. */
export interface Schema {
  type?: 'object' | 'array' | 'string';
  description?: string;
  required?: readonly string[];
  properties?: Readonly<Record<string, Schema>>;
  items?: Schema;
  minLength?: number;
  maxLength?: number;
}

/** Templates by content type. */
export type Templates = Readonly<Record<string, string>>;

export interface IntegrationResponse {
  statusCode: string;
  responseParameters?: Readonly<Record<string, string>>;
  responseTemplates?: Templates;
  contentHandling?: 'CONVERT_TO_BINARY';
}

/** `x-amazon-apigateway-integration`. */
export interface Integration {
  type: 'aws' | 'aws_proxy' | 'mock';
  httpMethod?: 'POST';
  uri?: string;
  /** ARN of the role that the gateway takes to call the service. */
  credentials?: string;
  passthroughBehavior?: 'never';
  requestParameters?: Readonly<Record<string, string>>;
  requestTemplates?: Templates;
  /** By a regular expression for the status of the service's answer. */
  responses?: Readonly<Record<string, IntegrationResponse>>;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  schema: { type: 'string' };
}

export interface MethodResponse {
  description: string;
  headers?: Readonly<Record<string, { schema: { type: 'string' } }>>;
}

export interface Operation {
  operationId: string;
  summary?: string;
  parameters?: readonly Parameter[];
  requestBody?: { required: boolean; content: Readonly<Record<string, { schema: { $ref: string } }>> };
  responses: Readonly<Record<string, MethodResponse>>;
  /** Empty: no key is asked for. */
  security: readonly Readonly<Record<string, readonly string[]>>[];
  'x-amazon-apigateway-request-validator'?: 'body';
  'x-amazon-apigateway-integration': Integration;
}

export type PathItem = Partial<
  Record<'get' | 'put' | 'post' | 'options' | 'x-amazon-apigateway-any-method', Operation>
>;

export interface GatewayResponse {
  statusCode?: string;
  responseParameters: Readonly<Record<string, string>>;
  responseTemplates: Templates;
}

export interface ApiDocument {
  openapi: '3.0.3';
  info: { title: string; version: string; description: string };
  paths: Readonly<Record<string, PathItem>>;
  components: {
    schemas: Readonly<Record<string, Schema>>;
    securitySchemes: Readonly<Record<string, object>>;
  };
  'x-amazon-apigateway-request-validators': object;
  'x-amazon-apigateway-gateway-responses': Readonly<Record<string, GatewayResponse>>;
  'x-amazon-apigateway-binary-media-types': readonly string[];
}

/** What the document names of the account it is deployed to. */
export interface ApiSettings {
  /** Name of the API. */
  title: string;
  /** `aws`, but for the Regions of China and of governments. */
  partition: string;
  region: string;
  stream: string;
  /** ARN of the role with which the gateway calls Kinesis. */
  kinesisRole: string;
  /** ARN of the function that knows the write keys. */
  authorizer: string;
  /** ARN of the function for what no template can do. */
  collect: string;
  /** How long the gateway trusts the authorizer's word on a key. */
  keyCacheSeconds: number;
}
