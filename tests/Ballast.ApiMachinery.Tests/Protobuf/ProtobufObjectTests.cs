using Ballast.ApiMachinery.Protobuf;
using Ballast.ApiMachinery.Schemas;

namespace Ballast.ApiMachinery.Tests.Protobuf;

public sealed class ProtobufObjectTests
{
    [Fact]
    public void An_object_as_kubectl_sends_it_reads_as_its_json_would()
    {
        // kubectl create configmap a --from-literal=x=y
        var bytes = Convert.FromHexString("6b3873000a0f0a0276311209436f6e6669674d6170121b0a110a016112001a0022002a0032003800420012060a01781201791a002200");
        Assert.Equal("""{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"a"},"data":{"x":"y"}}""", ProtobufObject.Decode(bytes).ToJsonString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("7b7d")]
    [InlineData("6b3873000a0f0a02")]
    [InlineData("6b3873000a0f0a0276311209436f6e6669674d6170120aff")]
    [InlineData("6b3873000a080a027631120261611200")]
    public void What_is_not_in_this_form_is_refused(string hex) =>
        Assert.Throws<FormatException>(() => ProtobufObject.Decode(Convert.FromHexString(hex)));

    [Fact]
    public void Every_field_of_the_table_is_one_of_the_schema()
    {
        var wrong = new List<string>();
        var compared = 0;
        foreach (var message in ProtobufFields.Messages)
        {
            var name = message.StartsWith("meta.", StringComparison.Ordinal) ? "io.k8s.apimachinery.pkg.apis." + message : "io.k8s.api." + message;
            if (!SchemaCatalog.BuiltIn.TryGet(name, out var schema) || schema.Properties.Count == 0)
                continue;
            compared++;
            foreach (var field in ProtobufFields.Of(message)!.Values)
                if (field.Name.Length > 0 && schema.Field(field.Name) is null)
                    wrong.Add($"{message}.{field.Name}");
        }
        Assert.True(compared > 300, $"only {compared} messages have a schema to compare with");
        Assert.True(wrong.Count == 0, string.Join(", ", wrong));
    }
}
