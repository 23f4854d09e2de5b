using System.Text.Json.Nodes;
using Ballast.ApiServer.Authentication;
using Ballast.ApiServer.Registry.Certificates;

namespace Ballast.ApiServer.Tests.Registry.Certificates;

public sealed class CertificateRequesterTests
{
    [Fact]
    public void A_request_carries_who_made_it_whatever_the_client_claims()
    {
        var document = JsonNode.Parse("""{"spec":{"username":"system:node:a","uid":"1","groups":["system:nodes"],"extra":{"a":["b"]},"signerName":"example.com/a"}}""")!.AsObject();
        new CertificateSigningRequestStrategy().StampRequester(document, new(UserInfo.Authenticated("system:bootstrap:abcdef", ["system:bootstrappers"]), "", ""));
        Assert.Equal("""{"signerName":"example.com/a","username":"system:bootstrap:abcdef","groups":["system:bootstrappers","system:authenticated"]}""", document["spec"]!.ToJsonString());
    }
}
