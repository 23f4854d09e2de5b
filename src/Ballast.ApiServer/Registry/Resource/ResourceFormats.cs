using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Resource;

/// <summary>The names that devices, their pools and their attributes have.</summary>
internal static class ResourceFormats
{
    private const int MaxIdLength = 32;
    private const int MaxPoolNameLength = 253;

    /// <summary>DNS names with slashes between them.</summary>
    public static void PoolName(this Field name)
    {
        if (!name.Required())
            return;
        name.MaxLength(MaxPoolNameLength);
        foreach (var part in name.Text.Split('/'))
            AddAll(name, part, NameRules.DnsSubdomain(part));
    }

    /// <summary>A DNS label that has to be there.</summary>
    public static void RequiredLabel(this Field name) => AddAll(name, name.Text, NameRules.DnsLabel(name.Text));

    /// <summary>An attribute or a capacity: an identifier, in the driver's domain or another.</summary>
    /// <param name="field">Where it stands.</param>
    /// <param name="name">The name.</param>
    public static void AttributeName(this Field field, string name)
    {
        switch (name.Split('/'))
        {
            case [var id]:
                Identifier(field, id);
                break;
            case [var domain, var id]:
                if (domain.Length == 0)
                    field.Add(FieldError.Invalid(field.Path, "", "the domain must not be empty"));
                else
                    (field with { Value = domain }).DriverName();
                if (id.Length == 0)
                    field.Add(FieldError.Invalid(field.Path, "", "the name must not be empty"));
                else
                    Identifier(field, id);
                break;
            default:
                field.Add(FieldError.Invalid(field.Path, name, "must not contain more than one slash"));
                break;
        }
    }

    /// <summary>An attribute with its domain.</summary>
    public static void FullAttributeName(this Field field)
    {
        field.AttributeName(field.Text);
        if (!field.Text.Contains('/', StringComparison.Ordinal))
            field.Invalid("a fully qualified name must be a domain and a name separated by a slash");
    }

    /// <summary>What a driver is told, in its own words: an object of at most 10 KiB.</summary>
    public static void OpaqueConfig(this Field config)
    {
        var opaque = config["opaque"];
        if (!opaque.IsPresent)
        {
            opaque.Missing();
            return;
        }
        opaque["driver"].DriverName();
        var parameters = opaque["parameters"];
        if (!parameters.IsPresent)
            parameters.Missing();
        else if (parameters.Value!.ToJsonString().Length > MaxParametersBytes)
            parameters.Add(FieldError.TooLong(parameters.Path, MaxParametersBytes));
        else if (parameters.Object is null)
            parameters.Invalid("parameters must be a valid JSON object");
    }

    private const int MaxParametersBytes = 10 * 1024;

    private static void Identifier(Field field, string id)
    {
        if (id.Length > MaxIdLength)
            field.Add(FieldError.TooLong(field.Path, MaxIdLength));
        AddAll(field, id, NameRules.CIdentifier(id));
    }

    private static void AddAll(Field field, string value, IEnumerable<string> problems)
    {
        foreach (var problem in problems)
            field.Add(FieldError.Invalid(field.Path, value, problem));
    }
}
