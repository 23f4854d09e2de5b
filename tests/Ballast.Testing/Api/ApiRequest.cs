using System.Web;
using Ballast.ApiMachinery.Objects;

namespace Ballast.Testing.Api;

/// <summary>A request's path and query, taken apart.</summary>
internal sealed record ApiRequest(GroupVersionResource Resource, string Namespace, string Name, string Subresource, System.Collections.Specialized.NameValueCollection Query)
{
    public bool IsWatch => Query["watch"] is "true" or "1";

    /// <summary>Null where the path is no resource's.</summary>
    public static ApiRequest? Parse(Uri uri)
    {
        var parts = uri.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();
        GroupVersion version;
        string[] rest;
        if (parts is ["api", var v, ..])
            (version, rest) = (new("", v), parts[2..]);
        else if (parts is ["apis", var g, var gv, ..])
            (version, rest) = (new(g, gv), parts[3..]);
        else
            return null;
        var query = HttpUtility.ParseQueryString(uri.Query);
        return rest switch
        {
            ["namespaces", var ns, var resource, .. var more] when !(resource is "status" or "finalize") => Make(resource, ns, more),
            [var resource, .. var more] => Make(resource, "", more),
            _ => null,
        };

        ApiRequest Make(string resource, string ns, string[] more) =>
            new(version.WithResource(resource), ns, more.ElementAtOrDefault(0) ?? "", more.ElementAtOrDefault(1) ?? "", query);
    }
}
