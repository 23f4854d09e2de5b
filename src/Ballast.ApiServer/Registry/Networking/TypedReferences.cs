using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Networking;

/// <summary>An object of any kind, named by group, kind and name.</summary>
internal static class TypedReferences
{
    public static void Check(Field reference)
    {
        reference["apiGroup"].DnsSubdomain();
        foreach (var field in (ReadOnlySpan<string>)["kind", "name"])
        {
            if (reference[field].Required())
                reference[field].PathSegment();
        }
    }
}
