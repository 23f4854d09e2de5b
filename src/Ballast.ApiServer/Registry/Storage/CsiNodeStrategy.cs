using System.Text.Json.Nodes;
using Ballast.ApiMachinery.Validation;
using Ballast.ApiServer.Registry.Validation;

namespace Ballast.ApiServer.Registry.Storage;

internal sealed class CsiNodeStrategy : ResourceStrategy
{
    private const int MaxNodeIdLength = 192;

    public CsiNodeStrategy() => ReturnsDeletedObject = true;

    protected override void Check(Field document)
    {
        var names = new HashSet<string>();
        foreach (var driver in document["spec"]["drivers"].Items)
        {
            driver["name"].DriverName();
            driver["nodeID"].Required();
            if (driver["nodeID"].Text.Length > MaxNodeIdLength)
                driver["nodeID"].Invalid($"must be {MaxNodeIdLength} characters or less");
            driver["allocatable"]["count"].NonNegative();
            if (!names.Add(driver["name"].Text))
                driver["name"].Duplicate();
            CheckTopology(driver);
        }
    }

    /// <summary>Drivers come and go; what one said of itself stays, but for how many volumes it can attach.</summary>
    protected override void CheckUpdate(Field document, JsonObject old)
    {
        Check(document);
        foreach (var driver in document["spec"]["drivers"].Items)
        {
            var before = old.Objects("spec", "drivers").FirstOrDefault(d => d.Text("name") == driver["name"].Text);
            if (before is not null && !JsonNode.DeepEquals(Fixed(driver.Object!), Fixed(before)))
                driver.Add(FieldError.Invalid(FieldPath.Of("CSINodeDriver"), driver.Value, "field is immutable"));
        }
    }

    private static void CheckTopology(Field driver)
    {
        var keys = new HashSet<string>();
        foreach (var key in driver["topologyKeys"].Items.Select(k => k.Text))
        {
            if (key.Length == 0)
                driver.Missing();
            if (!keys.Add(key))
                driver.Add(FieldError.Duplicate(driver.Path, key));
            foreach (var problem in NameRules.QualifiedName(key))
                driver.Add(FieldError.Invalid(driver.Path, driver["topologyKeys"].Value, problem));
        }
    }

    private static JsonObject Fixed(JsonObject driver)
    {
        var copy = driver.DeepClone().AsObject();
        copy.Remove("allocatable");
        return copy;
    }
}
