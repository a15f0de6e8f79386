import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenize } from '../../local/sql/tokens.ts';
import { translate } from '../../local/sql/translate.ts';

it('takes time that grows with the text, whatever that is made of', () => {
  for (const text of [
    `SELECT 1${', if(true, 1)'.repeat(18_000)}`,
    `SELECT 1${', CAST(NULL AS array(integer))'.repeat(8_000)}`,
    `SELECT CAST(NULL AS ${'array('.repeat(30_000)}integer${')'.repeat(30_000)})`,
    `SELECT 1${' UNION ALL VALUES 1'.repeat(13_000)}`,
    `SELECT 1 FROM t${' FOR VERSION AS OF 1, t'.repeat(11_000)}`,
  ]) {
    expect(translate(text).length).toBeGreaterThan(90_000);
  }
});

describe('tokens', () => {
  it('put together are the text that they came from', () => {
    const piece = fc.constantFrom(
      "'it''s'",
      '"a ""b"""',
      '-- note\n',
      '/* x */',
      ' ',
      'select',
      '1.5e3',
      '->',
      '(',
      'é',
      '||',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join(' ');
        expect(
          tokenize(text)
            .map((token) => token.text)
            .join(''),
        ).toBe(text);
      }),
    );
  });

  it.each(["SELECT 'open", 'SELECT "open', 'SELECT 1 /* open'])(
    'that are never closed are told with their line: %s',
    (sql) => {
      expect(() => tokenize(`SELECT\n${sql}`)).toThrow(/line 2: .* is never closed/);
    },
  );
});

describe('what DuckDB would not read, or would read as something else', () => {
  it.each([
    ["X'00 FF'", "from_hex('00FF')"],
    ['CAST(a AS array(array(varchar)))', 'CAST ( a AS varchar [] [] )'],
    ['CAST(a AS varchar(3))', 'CAST ( a AS "varchar(3)" )'],
    ['CAST(a AS timestamp(6) with time zone)', 'CAST ( a AS timestamp with time zone )'],
    ["DECIMAL '-1.50'", "CAST('-1.50' AS DECIMAL(3, 2))"],
    ['CAST(a AS decimal)', 'CAST ( a AS decimal(38, 0) )'],
    ['if(a, b)', 'if ( a , b , NULL )'],
    ['if(f(a, b), if(c, d), e)', 'if ( f ( a , b ) , if ( c , d , NULL ) , e )'],
    ['lag(x) IGNORE NULLS OVER w', 'lag ( x IGNORE NULLS ) OVER w'],
    ["listagg(x, ',') WITHIN GROUP (ORDER BY y)", "listagg ( x , ','  ORDER BY y )"],
    ['VALUES 1, f(2, 3) UNION ALL VALUES 4', 'VALUES ( 1 ), ( f ( 2 , 3 ) ) UNION ALL VALUES ( 4 )'],
    ['TABLESAMPLE BERNOULLI (10)', 'TABLESAMPLE BERNOULLI (10 PERCENT)'],
    ['SELECT column FROM t -- note', 'SELECT "column" FROM t'],
    ['SELECT \'if(a, b)\', "array(x)" ;', 'SELECT \'if(a, b)\' , "array(x)"'],
  ])('%s', (sql, expected) => {
    expect(translate(sql)).toBe(expected);
  });
});
