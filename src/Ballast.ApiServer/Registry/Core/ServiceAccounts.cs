using Ballast.ApiServer.Registry.Tables;

namespace Ballast.ApiServer.Registry.Core;

internal static class ServiceAccounts
{
    public static ResourceDefinition Definition(ISubresourceHandler token) => BuiltIn
        .Namespaced("v1", "serviceaccounts", "ServiceAccount", new ServiceAccountStrategy(), [Column.ObjectName, Column.Age])
        .WithShortNames("sa")
        .WithPost("token", new("authentication.k8s.io", "v1", "TokenRequest"), token);
}
