using System.Text;
using Ballast.ApiMachinery.Objects;
using Ballast.ApiServer.Endpoints;

namespace Ballast.ApiServer.Tests.Endpoints;

public sealed class ContinueTokenTests
{
    [Fact]
    public void The_form_is_upstreams()
    {
        // {"v":"meta.k8s.io/v1","rv":42,"start":"default/web\u0000"} in base64 without padding, as k8s.io/apiserver/pkg/storage makes it.
        const string Token = "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6NDIsInN0YXJ0IjoiZGVmYXVsdC93ZWJcdTAwMDAifQ";
        Assert.Equal(new ContinueToken(42, "default/web\0"), ContinueToken.Parse(Token));
        Assert.Equal(Token, new ContinueToken(42, "default/web\0").ToString());
    }

    [Fact]
    public void A_field_that_stands_twice_counts_as_it_stands_last() =>
        Assert.Equal(new ContinueToken(42, "b"), ContinueToken.Parse(Convert.ToBase64String("{\"v\":\"meta.k8s.io/v1\",\"rv\":42,\"start\":\"a\",\"start\":\"b\"}"u8).TrimEnd('=')));

    [Theory]
    [InlineData("not base64!")]
    [InlineData("bm90IGpzb24")]
    [InlineData("{\"v\":\"meta.k8s.io/v0\",\"rv\":42,\"start\":\"a\"}")]
    [InlineData("{\"v\":\"meta.k8s.io/v1\",\"rv\":0,\"start\":\"a\"}")]
    [InlineData("{\"v\":\"meta.k8s.io/v1\",\"rv\":42,\"start\":\"\"}")]
    [InlineData("{\"v\":\"meta.k8s.io/v1\",\"rv\":42,\"start\":\"../secrets/a\"}")]
    [InlineData("eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MTIsInN0YXJ0IjoipncvZSJ9")] // invalid UTF-8 within
    [InlineData("{\"v\":\"meta.k8s.io/v1\",\"rv\":42,\"start\":\"\\ud800\"}")]
    public void Anything_else_is_a_bad_request(string text)
    {
        var token = text[0] == '{' ? Convert.ToBase64String(Encoding.UTF8.GetBytes(text)).TrimEnd('=') : text;
        var refused = Assert.Throws<StatusException>(() => ContinueToken.Parse(token));
        Assert.Equal(400, refused.Code);
        Assert.StartsWith("invalid continue token: continue key is not valid: ", refused.Message, StringComparison.Ordinal);
    }
}
