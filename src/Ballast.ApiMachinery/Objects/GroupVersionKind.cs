namespace Ballast.ApiMachinery.Objects;

/// <summary>An API group and version. The core group is the empty string and is written as <c>v1</c>; others as <c>apps/v1</c>.</summary>
public readonly record struct GroupVersion(string Group, string Version)
{
    /// <summary>Reads an <c>apiVersion</c> value.</summary>
    public static GroupVersion Parse(string apiVersion)
    {
        var slash = apiVersion.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? new("", apiVersion) : new(apiVersion[..slash], apiVersion[(slash + 1)..]);
    }

    public GroupVersionKind WithKind(string kind) => new(Group, Version, kind);

    public GroupVersionResource WithResource(string resource) => new(Group, Version, resource);

    /// <summary>The form that stands in an object's <c>apiVersion</c>.</summary>
    public override string ToString() => Group.Length == 0 ? Version : $"{Group}/{Version}";
}

/// <summary>What an object says it is.</summary>
public readonly record struct GroupVersionKind(string Group, string Version, string Kind)
{
    public GroupVersion GroupVersion => new(Group, Version);

    /// <summary>Upstream's notation: <c>apps/v1, Kind=Deployment</c>.</summary>
    public override string ToString() => $"{GroupVersion}, Kind={Kind}";
}

/// <summary>Where objects of a kind are served.</summary>
public readonly record struct GroupVersionResource(string Group, string Version, string Resource)
{
    public GroupVersion GroupVersion => new(Group, Version);

    public GroupResource GroupResource => new(Group, Resource);

    public override string ToString() => $"{GroupVersion}, Resource={Resource}";
}

/// <summary>A resource whatever its version; the form that error messages use: <c>pods</c>, <c>deployments.apps</c>.</summary>
public readonly record struct GroupResource(string Group, string Resource)
{
    public override string ToString() => Group.Length == 0 ? Resource : $"{Resource}.{Group}";
}

/// <summary>A kind whatever its version, as validation errors print it: <c>Pod</c>, <c>Deployment.apps</c>.</summary>
public readonly record struct GroupKind(string Group, string Kind)
{
    public override string ToString() => Group.Length == 0 ? Kind : $"{Kind}.{Group}";
}
